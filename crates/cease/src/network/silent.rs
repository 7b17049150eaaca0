//! The demonstration's network can be made to answer nobody, so that a visitor sees what a desk does then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use case::{EffectId, Timestamp};
use reach::{Element, Failure, Line, ReadBack};

pub struct Silent {
    pub element: Arc<dyn Element>,
    pub silent: Arc<AtomicBool>,
}

impl Silent {
    fn heard(&self) -> Result<(), Failure> {
        if self.silent.load(Ordering::Relaxed) {
            return Err(Failure::Retry("switched off on the demo page".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl Element for Silent {
    fn name(&self) -> &str {
        self.element.name()
    }

    fn wants_numbers(&self) -> bool {
        self.element.wants_numbers()
    }

    fn reads_back_itself(&self) -> bool {
        self.element.reads_back_itself()
    }

    async fn observe(&self, line: &Line, now: Timestamp) -> Result<ReadBack, Failure> {
        self.heard()?;
        self.element.observe(line, now).await
    }

    async fn bar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.heard()?;
        self.element.bar(line, key, now).await
    }

    async fn unbar(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.heard()?;
        self.element.unbar(line, key, now).await
    }

    async fn cease(&self, line: &Line, key: EffectId, now: Timestamp) -> Result<ReadBack, Failure> {
        self.heard()?;
        self.element.cease(line, key, now).await
    }
}
