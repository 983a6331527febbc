mod anthropic;
mod client;
mod steps;
mod stream;
