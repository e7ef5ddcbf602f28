//! The command line: arguments, progress, standard output and error; one file per command.
