"""The Recording, and the frames in which processes hand things on."""
