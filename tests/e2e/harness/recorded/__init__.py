"""Real providers' traffic, recorded by other projects, as it goes over the wire again.

It lies in `../shared/recorded` beside the repository, where README.md describes it, or in the folder that
`TIDEGATE_RECORDED` names. The repository holds no copy.

`files` reads it, `frames` wraps it, `table` says who has answered, `expected` reads from it what a client
is to get, and `received` what the client has got.
"""
