"""Reading a prompt into slots: a vocabulary of the field, and rules for where words stand."""
