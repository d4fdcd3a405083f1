"""The window: draws what the engine remembers and passes on what the person does. Qt and nothing else heavy; it owns no
data, so it can be closed, killed or restarted at any moment without a loss."""
