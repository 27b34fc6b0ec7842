//! What users of similar tools suffer from.
