"""Names that are in use: of algorithms, of tasks, and of what is in files."""

import re

_IN_USE = """
a2c a3c acer acktr ars awac bc bcq behavior_cloning cem cql c51 crossq curl d4pg ddpg ddqn der dqn drq drqv2 drq-v2
dreamer dreamerv2 dreamerv3 droq dt efficientzero es fqf gail her-sac happo hatrpo iddpg impala ippo ippo-lstm iql
ilql iqn isac lambda_rnn mappo masac matd3 mbpo medt mpo muzero ndqn openaies pets pg planet ppg ppo ppo2 ppo-lstm
ppo_lstm pqn qmix qrdqn qr-dqn r2d2 rad rainbow recurrentppo ppolstm redq reinforce rlpd rnd rspo sac sac-ae
sac-discrete sacd sarsa simba slac spr spo sql sunrise td3 td3+bc td3_bc td7 tdmpc tdmpc2 td-mpc td-mpc2 tqc trpo
trpol vdn vpg vtrace xql edac her random ddpg-her maddpg facmac coma npg q-learning qlearning double-q-learning
double-dqn doubledqn dueling-dqn duelingdqn noisy-dqn d3qn rainbow-dqn rainbowdqn expected-sarsa monte-carlo
policy-gradient actor-critic cpo cup focops ppolag ppo-lag trpolag trpo-lag saclag sac-lag td3lag ddpglag rcpo pcpo
ipo p3o onppo mat rmappo hatd3 haddpg hasac haa2c maa2c ia2c ippg maskable-ppo maskableppo discrete-sac discretesac
grpo dapo rloo airl dagger cmaes cma-es neat
"""
ALGORITHMS = frozenset(name.replace("-", "_") for name in _IN_USE.split())
"""Names of algorithms that are in use, in small letters, with `_` for `-`."""
_OF_FILES = """
all average averaged avg best comparison curve curves data eps episode episodes epoch epochs eval evals evaluation
evaluations final full history hparam hparams hyperparameter hyperparameters info last learning length lengths log
logger logs loss losses mean means metric metrics monitor out output outputs per performance progress raw record records
report result results return returns reward rewards run runs score scores seed seeds stat statistics stats
std step steps summary table tables test testing timestep timesteps train training
tuning val validation value values
"""
PIECES = frozenset(_OF_FILES.split())
"""Words of which names are made that say only what is in a file: `training_log`, `episode_rewards`."""
_GAMES = """
alien amidar assault asterix asteroids atlantis bankheist battlezone beamrider berzerk bowling boxing breakout centipede
choppercommand crazyclimber defender demonattack doubledunk enduro fishingderby freeway frostbite gopher gravitar hero
icehockey jamesbond kangaroo krull kungfumaster montezumarevenge mspacman namethisgame phoenix pitfall pong pooyan
privateeye qbert riverraid roadrunner robotank seaquest skiing solaris spaceinvaders stargunner surround tennis
timepilot tutankham upndown venture videopinball wizardofwor yarsrevenge zaxxon
bigfish bossfight caveflyer chaser climber coinrun dodgeball fruitbot heist jumper leaper maze miner ninja plunder
starpilot
acrobot bipedalwalker bipedalwalkerhardcore blackjack carracing cartpole cliffwalking frozenlake halfcheetah
inverteddoublependulum invertedpendulum lunarlander lunarlandercontinuous mountaincar mountaincarcontinuous pendulum
walker2d
ant humanoid humanoidstandup hopper swimmer reacher pusher
"""
TASKS = frozenset(_GAMES.split())
"""Games of Atari and of Procgen, and tasks of Gymnasium without their version."""
CONTROL = re.compile(
    r"(acrobot|ball_in_cup|cartpole|cheetah|dog|finger|fish|hopper|humanoid|manipulator|pendulum|point_mass|quadruped"
    r"|reacher|stacker|swimmer|walker)[-_][a-z0-9_\-]+"
)
"""Tasks of the DeepMind Control Suite."""
