//! A few connections for reading, shared by all who ask. One that cannot be had in time is an answer, not a queue.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use super::{StoreError, sqlite};

/// Queries at one time. More would only share the same processors.
const MOST: usize = 4;
const PATIENCE: Duration = Duration::from_secs(5);

/// Too many were asking at once.
pub struct Busy;

pub(super) struct Pool {
    path: PathBuf,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    open: usize,
}

impl Pool {
    pub(super) fn of(path: PathBuf) -> Self {
        Self {
            path,
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Runs a question on one connection, all of it as of one position. Waits at most five seconds for a free one.
    pub(super) fn read<T, E: From<StoreError> + From<Busy>>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let lent = Lent {
            connection: Some(self.take::<E>()?),
            pool: self,
        };
        let connection = lent.connection.as_ref().expect("held until dropped");
        let transaction = connection
            .unchecked_transaction()
            .map_err(StoreError::sqlite("begin to read"))?;
        ask(&transaction)
    }

    fn take<E: From<StoreError> + From<Busy>>(&self) -> Result<Connection, E> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut state, _) = self
            .returned
            .wait_timeout_while(state, PATIENCE, |state| {
                state.idle.is_empty() && state.open >= MOST
            })
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = state.idle.pop() {
            return Ok(connection);
        }
        if state.open >= MOST {
            return Err(Busy.into());
        }
        state.open += 1;
        drop(state);
        sqlite::open_to_read(&self.path).map_err(|error| {
            self.give_back(None);
            error.into()
        })
    }

    fn give_back(&self, connection: Option<Connection>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match connection {
            Some(connection) => state.idle.push(connection),
            None => state.open -= 1,
        }
        drop(state);
        self.returned.notify_one();
    }
}

/// Gives its connection back however the question ends.
struct Lent<'a> {
    connection: Option<Connection>,
    pool: &'a Pool,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.pool.give_back(self.connection.take());
    }
}
