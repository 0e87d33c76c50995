"""What a plan of several looks asks for, in words."""

from ...comparison import NextSeeds


def describe_next_seeds(plan: NextSeeds) -> str:
    """Where the plan stands, and a line for each algorithm that needs more runs."""
    runs, pairs = plan.looks[plan.look - 1], len(plan.undecided)
    open_pairs = "every pair has a verdict" if not pairs else f"{pairs} pair{'s' * (pairs > 1)} undecided"
    title = f"Look {plan.look} of {len(plan.looks)}, {runs} runs: {open_pairs}"
    if plan.stop:
        return f"{title}; the plan has ended"
    return "\n".join(
        [f"{title}. For the look at {plan.looks[plan.look]} runs:", *map(_wanted, plan.further, plan.further.values())]
    )


def _wanted(algorithm: str, tasks: dict[str, int]) -> str:
    numbers = set(tasks.values())
    if len(numbers) == 1:
        (more,) = numbers
        where = f"each of {len(tasks)} tasks" if len(tasks) > 1 else next(iter(tasks))
        return f"  {algorithm}: {more} more of {where}"
    return f"  {algorithm}: " + ", ".join(f"{more} more of {task}" for task, more in tasks.items())
