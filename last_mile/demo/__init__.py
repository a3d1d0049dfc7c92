"""The generator of conversation logs whose truth is known. Not used by the platform itself."""
