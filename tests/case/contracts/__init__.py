"""One suite per interface of firsthand.case.interfaces; a backend gives the factory fixture."""
