"""A key: when it could sign what, and every entry signed with it."""
