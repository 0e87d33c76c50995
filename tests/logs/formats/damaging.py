"""What every reader of untrusted bytes must do with a damaged file."""

import tracemalloc

from tests.mutations import mutations


def assert_only_value_errors(reader, path, content, count, *, allowance=3e6):
    """A reader of `count` mutations: it reads, or raises ValueError with the name; its memory is ten files at most."""
    refused = []
    tracemalloc.start()
    try:
        for name, changed in mutations(content, count):
            path.write_bytes(changed)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            try:
                reader(path)
            except ValueError as error:
                refused.append(str(error))
            assert tracemalloc.get_traced_memory()[1] - before < 10 * len(changed) + allowance, name
    finally:
        tracemalloc.stop()
    assert all(path.name in why and why.isprintable() for why in refused)
