"""Where the parts are put together: settings, addresses, database, command line."""
