//! The one typed configuration file.
