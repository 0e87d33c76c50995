"""What every reader of untrusted bytes must do with a damaged file."""

import tracemalloc

from tests.mutations import mutations


def assert_only_value_errors(reader, path, content, count, *, allowance=2e6):
    """A reader of `count` mutations: it reads, or raises ValueError with the name; its memory is ten files at most."""
    refused = []
    tracemalloc.start()
    try:
        for name, changed in mutations(content, count):
            path.write_bytes(changed)
            most = 10 * len(changed) + allowance
            # Once more where it is too much: a table of the interpreter itself may have grown during the first.
            assert peak(reader, path, refused) < most or peak(reader, path, refused) < most, name
    finally:
        tracemalloc.stop()
    assert all(path.name in why and why.isprintable() for why in refused)


def peak(reader, path, refused):
    """Bytes in use at the most, above those before."""
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    try:
        reader(path)
    except ValueError as error:
        refused.append(str(error))
    return tracemalloc.get_traced_memory()[1] - before
