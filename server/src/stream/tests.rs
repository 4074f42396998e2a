//! What viewers are told, against a plain model of it.
