"""The pharmacist's pages: may this be dispensed, and what to do when not."""
