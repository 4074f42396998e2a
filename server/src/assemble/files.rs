//! Files of incidents for the web: which there are, as of the last block; and how one is looked through and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use domain::attachment::{AttachedFile, Attachment, AttachmentName, ContentHash};
use domain::change::{Change, Stepped};
use domain::ids::{AttachmentId, IncidentId};
use domain::picture::Picture;

use crate::media::{self, Unfit};
use crate::store::{Attachments, StoreError};
use crate::web::{Files, NotKept};

pub struct AttachedFiles {
    store: Attachments,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    all: BTreeMap<AttachmentId, Arc<Attachment>>,
    of: BTreeMap<IncidentId, Vec<AttachmentId>>,
    /// Of files that the journal names.
    named: BTreeSet<ContentHash>,
}

impl Known {
    fn put(&mut self, attachment: &Arc<Attachment>) {
        self.name(&attachment.file);
        self.of
            .entry(attachment.incident)
            .or_default()
            .push(attachment.id);
        self.all.insert(attachment.id, attachment.clone());
    }

    fn name(&mut self, file: &AttachedFile) {
        self.named.extend(file.files().map(|file| file.sha256));
    }
}

impl AttachedFiles {
    pub fn of(picture: &Picture, store: Attachments) -> Self {
        let mut known = Known::default();
        for attachment in picture.attachments.values() {
            known.put(attachment);
        }
        known.named.extend(&picture.not_attached);
        Self {
            store,
            known: RwLock::new(known),
        }
    }

    /// Called by the writer for each block before its givers are answered.
    pub fn witness(&self, stepped: &Stepped) {
        for change in &stepped.changes {
            match change {
                Change::Attached(attachment) => self.write(|known| known.put(attachment)),
                Change::NotAttached(file) => self.write(|known| known.name(file)),
                _ => {}
            }
        }
    }

    fn write(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn read<T>(&self, ask: impl FnOnce(&Known) -> T) -> T {
        ask(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Removes files that no block names.
    pub fn look_after(&self) {
        let is_named = |hash: &ContentHash| self.read(|known| known.named.contains(hash));
        match self.store.remove_left_over(SystemTime::now(), &is_named) {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "removed files that nothing names"),
            Err(error) => tracing::error!(%error, "could not look for files that nothing names"),
        }
    }
}

impl Files for AttachedFiles {
    fn incoming(&self) -> Result<File, NotKept> {
        self.store.incoming().map_err(not_kept)
    }

    fn keep(
        &self,
        mut sent: File,
        called: &str,
        declared: Option<&str>,
    ) -> Result<AttachedFile, NotKept> {
        let unread = |error: std::io::Error| NotKept::Failed(error.to_string());
        let mut bytes = Vec::new();
        sent.rewind().map_err(unread)?;
        sent.read_to_end(&mut bytes).map_err(unread)?;
        drop(sent);
        let looked = media::look(bytes).map_err(|unfit| match unfit {
            Unfit::Other(found) => NotKept::Other(found.to_owned()),
            Unfit::Bad { kind, why } => NotKept::Bad { kind, why },
        })?;
        if let Some(said) = declared.filter(|said| *said != looked.kind.name()) {
            return Err(NotKept::Lied {
                said: said.to_owned(),
                found: looked.kind,
            });
        }
        let preview = looked.preview.map(|preview| self.store.keep(&preview));
        Ok(AttachedFile {
            name: AttachmentName::of(called, looked.kind),
            kind: looked.kind,
            preview: preview.transpose().map_err(not_kept)?,
            file: self.store.keep(&looked.bytes).map_err(not_kept)?,
            size: looked.size,
        })
    }

    fn of(&self, incident: IncidentId) -> Vec<Arc<Attachment>> {
        self.read(|known| {
            let ids = known.of.get(&incident).into_iter().flatten();
            ids.filter_map(|id| known.all.get(id).cloned()).collect()
        })
    }

    fn one(&self, id: AttachmentId) -> Option<Arc<Attachment>> {
        self.read(|known| known.all.get(&id).cloned())
    }

    fn open(&self, sha256: &ContentHash) -> Result<File, String> {
        self.store
            .open_file(sha256)
            .map_err(|error| error.to_string())
    }
}

fn not_kept(error: StoreError) -> NotKept {
    match error {
        StoreError::AttachmentsFull { .. } | StoreError::DiskFull { .. } => {
            NotKept::Full(error.to_string())
        }
        other => NotKept::Failed(other.to_string()),
    }
}
