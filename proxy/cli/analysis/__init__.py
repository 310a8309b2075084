"""Reading recorded exchanges from files, and telling what they say."""
