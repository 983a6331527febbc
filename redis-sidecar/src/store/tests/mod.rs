//! One suite for all stores: the same histories, the same answers, the same way out of a loss of
//! memory. What only one of them does is tested beside it.

/// Makes a test of each named function, for each store.
macro_rules! run_over_all_stores {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            use crate::store::tests::stage::{Kind, Stage};

            $(#[tokio::test]
            async fn $name() {
                super::$name(Stage::new(&Kind::Memory)).await;
            })+
        }
        mod redis {
            use crate::store::tests::stage::{Kind, Stage};

            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(Stage::new(&Kind::Redis)).await;
            })+
        }
    };
}

mod claims;
mod conformance;
mod histories;
mod shown;
pub(super) mod stage;

#[path = "../../../tests/redis_server/mod.rs"]
pub(crate) mod redis_server;
