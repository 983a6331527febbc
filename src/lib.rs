//! Tidegate: an AI gateway that lives inside Envoy.
