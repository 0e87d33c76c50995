"""YAML of anybody -> mappings, lists and plain values. No object is ever made, whatever the tags say."""

from typing import Any

from ._log import UnreadableError

_MOST_MERGED = 10_000
"""Entries of a mapping after `<<`: merges of merges double at every level."""
_ORDERED = "collections.OrderedDict"


def read_yaml(content: bytes) -> Any:
    """What a document holds. ValueError if it is damaged; `UnreadableError` without PyYAML.

    rl-zoo's `!!python/object/apply:collections.OrderedDict` is a mapping; tuples are lists; any other tag stands for
    nothing: what it is on stays.
    """
    yaml = _module()
    try:
        return yaml.load(content, _loader(yaml))
    except yaml.YAMLError as error:
        raise ValueError(f"it is damaged YAML: {' '.join(str(error).split())[:200]}") from None


def _module() -> Any:
    try:
        import yaml
    except ImportError:
        raise UnreadableError("YAML is read with PyYAML: pip install 'jaxviz-rl[logs]'") from None
    return yaml


def _loader(yaml: Any) -> Any:
    """Not libyaml's loader: nested deep enough, it ends the process, where Python's own raises a RecursionError."""

    class Loader(yaml.SafeLoader):
        def flatten_mapping(self, node: Any) -> None:
            super().flatten_mapping(node)
            if len(node.value) > _MOST_MERGED:
                raise yaml.constructor.ConstructorError(None, None, "its merges have no end", node.start_mark)

    Loader.add_multi_constructor("", lambda loader, tag, node: _plain(loader, tag, node, yaml))
    for tag in ("timestamp", "binary"):
        Loader.add_constructor(f"tag:yaml.org,2002:{tag}", lambda loader, node: loader.construct_scalar(node))
    return Loader


def _plain(loader: Any, tag: str, node: Any, yaml: Any) -> Any:
    """What a tag nobody knows is on."""
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        found = loader.construct_sequence(node, deep=True)
        return _ordered(found) if tag.endswith(_ORDERED) else found
    return loader.construct_mapping(node, deep=True)


def _ordered(found: list[Any]) -> Any:
    """The mapping in `[[[key, value], …]]`."""
    pairs = found[0] if found and isinstance(found[0], list) else []
    return {str(pair[0]): pair[1] for pair in pairs if isinstance(pair, list) and len(pair) == 2}
