//! The pages of Gulou, for server and browser.
