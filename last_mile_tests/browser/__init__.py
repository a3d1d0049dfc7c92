"""The real UI, clicked through in headless Chromium. Not here: what assets and checks compute."""
