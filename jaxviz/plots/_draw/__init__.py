"""Drawing tools: axes, marks, curves, captions, composing and saving. Figures use them; nothing else does."""
