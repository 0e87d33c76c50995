"""For processes of which what they do is tested, not how fast: programs that XLA compiles in a quarter of the time."""

FLAGS = "--xla_backend_optimization_level=0 --xla_backend_extra_options=xla_cpu_disable_new_fusion_emitters"
