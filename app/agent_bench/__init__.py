"""The agent end to end: what a person waits for, who the time goes to, and whether the task is done.

The times are those that the run itself tells as events, so nothing is measured in two ways. Hooks into the chat
model's callbacks were decided against: theirs fire for the empty piece that only names the role, which makes the first
token look early by a factor of two to five.
"""
