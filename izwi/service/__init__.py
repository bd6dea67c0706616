"""How the world reaches a conversation: the FastRTC handler, the web app, and a file in place of a microphone."""
