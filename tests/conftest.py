from hypothesis import settings

pytest_plugins = ["tests.databases", "tests.interpreters"]

# The same examples each time: a run that fails says something about the change, not about luck.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
