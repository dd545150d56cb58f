"""The support nurses' room: whom to call first, calls and messages, and the rota."""
