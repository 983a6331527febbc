mod client;
mod steps;
mod stream;
