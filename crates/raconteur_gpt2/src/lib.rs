//! raconteur_gpt2
