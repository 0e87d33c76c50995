"""Which entries of configurations tell runs apart."""

from jaxviz.logs._settings import varying

PPO, DQN = ("PPO", "CartPole-v1"), ("DQN", "CartPole-v1")


def test_hyper_parameters_that_differ_within_an_algorithm_and_a_task():
    runs = [
        (PPO, {"lr": 1e-3, "gamma": 0.99, "seed": 0, "clip": 0.2}),
        (PPO, {"lr": 1e-4, "gamma": 0.99, "seed": 1, "clip": 0.2}),
        (DQN, {"lr": 5e-4, "gamma": 0.9, "seed": 0}),
    ]
    assert varying(runs) == [{"lr": 1e-3}, {"lr": 1e-4}, {}]


def test_one_that_only_some_runs_state_is_none_in_the_others():
    assert varying([(PPO, {"lr": 1.0, "anneal": True}), (PPO, {"lr": 1.0})]) == [{"anneal": True}, {"anneal": None}]


def test_equal_numbers_are_one_value_and_truth_is_no_number():
    assert varying([(PPO, {"n": 1}), (PPO, {"n": 1.0})]) == [{}, {}]
    assert varying([(PPO, {"n": 1}), (PPO, {"n": True})]) == [{"n": 1}, {"n": True}]
    assert varying([(PPO, {"sizes": [64, 64]}), (PPO, {"sizes": [64, 64]})]) == [{}, {}]


def test_labels_places_and_machines_are_no_hyper_parameters():
    runs = [
        (PPO, {"seed": i, "exp_id": f"e{i}", "save_dir": f"x{i}", "host": f"h{i}", "env.seed": i, "model": f"/a/{i}",
               "fn": f"<function at {i}>", "logger.log_path": f"p{i}", "start_time": i})
        for i in range(3)
    ]  # fmt: skip
    assert varying(runs) == [{}, {}, {}]


def test_objects_of_python_and_their_loggers_are_none():
    """Spinning Up writes the address of its logger as a name, another one in every run."""
    runs = [
        (PPO, {f"logger.<spinup.utils.logx.EpochLogger object at 0x7f{i}d9ca10>.first_row": True, "pi_lr": 3e-4,
               "logger_kwargs.output_dir": f"/a/{i}", f"env.<x.Env object at 0x{i}>": i})
        for i in range(2)
    ]  # fmt: skip
    assert varying(runs) == [{}, {}]


def test_a_run_without_any_configuration_does_not_differ_by_that():
    assert varying([(PPO, {"lr": 1.0}), (PPO, {"lr": 1.0}), (PPO, {})]) == [{}, {}, {}]
    assert varying([(PPO, {"lr": 1.0}), (PPO, {"lr": 2.0}), (PPO, {})]) == [{"lr": 1.0}, {"lr": 2.0}, {"lr": None}]
