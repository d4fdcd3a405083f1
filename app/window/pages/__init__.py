"""The pages that can take the chat's place, a module each: whatever declares a PAGE here has a button and its keys."""
