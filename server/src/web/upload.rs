//! A file on its way in: from the line into a file without a name, never whole in memory; a bounded number at a time, each with a
//! bounded patience.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use domain::ids::{AccountName, CommandId};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::problem::{Pointed, Problem};

/// Of one file.
pub const LARGEST: usize = 20 << 20;
/// What names and separates the parts of a form, besides the file.
const FORM_BESIDES: usize = 64 << 10;
const LONGEST_FIELD: usize = 4 << 10;
/// So much of a file that is too large is read to its end, so that its sender hears why it was refused.
const DRAINED: usize = 40 << 20;
const AT_ONCE: usize = 16;
const AT_ONCE_AN_ACCOUNT: usize = 4;
/// For the next piece, and for the whole.
const PIECE_PATIENCE: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(600);
const LOOKING_PATIENCE: Duration = Duration::from_secs(60);

/// How many send files at one time, and who looks one through: a picture in the works takes up to 400 MB, so one at a time.
pub struct Uploads {
    places: Arc<Semaphore>,
    of: Arc<Mutex<BTreeMap<AccountName, usize>>>,
    looking: Arc<Semaphore>,
}

impl Default for Uploads {
    fn default() -> Self {
        metrics::gauge!("gulou_queue_limit", "queue" => "uploads").set(AT_ONCE as f64);
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            of: Arc::default(),
            looking: Arc::new(Semaphore::new(1)),
        }
    }
}

/// A place among those who send.
pub struct Place {
    account: AccountName,
    of: Arc<Mutex<BTreeMap<AccountName, usize>>>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = of.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                of.remove(&self.account);
            }
        }
        metrics::gauge!("gulou_queue_depth", "queue" => "uploads").decrement(1);
    }
}

impl Uploads {
    pub fn enter(&self, account: &AccountName) -> Result<Place, Problem> {
        let busy =
            || Problem::busy("Many files are being sent just now; nothing was taken. Try again.");
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| busy())?;
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let count = of.entry(account.clone()).or_default();
        if *count >= AT_ONCE_AN_ACCOUNT {
            return Err(busy());
        }
        *count += 1;
        metrics::gauge!("gulou_queue_depth", "queue" => "uploads").increment(1);
        Ok(Place {
            account: account.clone(),
            of: self.of.clone(),
            _place: place,
        })
    }

    /// Looks a file through on a thread for such, when it is its turn.
    pub async fn looking<T: Send + 'static>(
        &self,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = Arc::clone(&self.looking).acquire_owned();
        let Ok(Ok(turn)) = timeout(LOOKING_PATIENCE, turn).await else {
            return Err(Problem::busy(
                "Many pictures are being looked through just now; nothing was taken. Try again.",
            ));
        };
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            look()
        })
        .await
        // A decoder that gave up on a file nobody should have sent.
        .map_err(|_| {
            Problem::invalid(vec![Pointed {
                pointer: "/file".into(),
                reason: "it cannot be decoded".into(),
            }])
        })
    }
}

/// A file as it came, and what was said of it.
pub struct Sent {
    pub file: File,
    pub id: Option<CommandId>,
    pub name: Option<String>,
    /// The media type its sender gives it, if he gives one that says something.
    pub declared: Option<String>,
}

pub fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too large",
        format!(
            "A file may have {} MiB at most; nothing was taken.",
            LARGEST >> 20
        ),
    )
}

/// Reads a form with a part `file`, or a body that is the file itself.
pub async fn received(
    headers: &HeaderMap,
    body: Body,
    into: File,
    query: Named,
) -> Result<Sent, Problem> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let receive = async {
        if kind
            .trim_start()
            .to_ascii_lowercase()
            .starts_with("multipart/")
        {
            form(kind, body, into, query).await
        } else {
            plain(kind, body, into, query).await
        }
    };
    timeout(PATIENCE, receive)
        .await
        .unwrap_or_else(|_| Err(too_slow()))
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "too slow",
        "The file did not come in time; nothing was taken.",
    )
}

/// What the address says of the file.
#[derive(Default)]
pub struct Named {
    pub id: Option<String>,
    pub name: Option<String>,
}

fn id_of(text: Option<&str>) -> Result<Option<CommandId>, Problem> {
    let parsed = text.filter(|text| !text.is_empty()).map(str::parse);
    parsed.transpose().map_err(|error: domain::ids::IdError| {
        Problem::invalid(vec![Pointed {
            pointer: "/id".into(),
            reason: error.to_string(),
        }])
    })
}

/// A type that says something: what clients put there by habit says nothing.
fn declared(kind: &str) -> Option<String> {
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    let says_nothing = matches!(
        essence.as_str(),
        "" | "application/octet-stream"
            | "binary/octet-stream"
            | "application/x-www-form-urlencoded"
    );
    match essence.as_str() {
        _ if says_nothing => None,
        "image/jpg" | "image/pjpeg" => Some("image/jpeg".into()),
        "image/x-png" => Some("image/png".into()),
        "application/x-pdf" => Some("application/pdf".into()),
        _ => Some(essence),
    }
}

async fn plain(kind: &str, body: Body, into: File, query: Named) -> Result<Sent, Problem> {
    let id = id_of(query.id.as_deref())?;
    let mut pieces = body.into_data_stream();
    let broken = |error: axum::Error| Problem::unreadable(format!("The body broke off: {error}"));
    let Some(file) = written(&mut pieces, into, broken).await? else {
        drain(&mut pieces).await;
        return Err(too_large());
    };
    Ok(Sent {
        file,
        id,
        name: query.name,
        declared: declared(kind),
    })
}

/// None: it is too large.
async fn written<E>(
    pieces: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    mut into: File,
    broken: impl Fn(E) -> Problem,
) -> Result<Option<File>, Problem> {
    let mut bytes = 0;
    loop {
        let piece = match timeout(PIECE_PATIENCE, pieces.next()).await {
            Err(_) => return Err(too_slow()),
            Ok(None) => return Ok(Some(into)),
            Ok(Some(piece)) => piece.map_err(&broken)?,
        };
        bytes += piece.len();
        if bytes > LARGEST {
            return Ok(None);
        }
        let written = tokio::task::spawn_blocking(move || into.write_all(&piece).map(|()| into));
        into = match written.await {
            Ok(Ok(file)) => file,
            Ok(Err(error)) => return Err(no_room(&error)),
            Err(error) => return Err(Problem::failed(error.to_string())),
        };
    }
}

fn no_room(error: &std::io::Error) -> Problem {
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "no room",
        format!("The file could not be written ({error}); nothing was taken."),
    )
}

async fn drain(pieces: &mut BodyDataStream) {
    let mut left = DRAINED;
    while let Ok(Some(Ok(piece))) = timeout(PIECE_PATIENCE, pieces.next()).await {
        let Some(less) = left.checked_sub(piece.len()) else {
            return;
        };
        left = less;
    }
}

/// Parts `file`, `id` and `name`, in any order.
async fn form(kind: &str, body: Body, into: File, query: Named) -> Result<Sent, Problem> {
    let unreadable = |error: &multer::Error| match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            too_large()
        }
        other => Problem::unreadable(format!("The form is not as expected: {other}")),
    };
    let boundary = multer::parse_boundary(kind).map_err(|error| unreadable(&error))?;
    // The whole may be drained of a file that is too large; the file itself is counted below.
    let most = (LARGEST + DRAINED + FORM_BESIDES) as u64;
    let limits = multer::SizeLimit::new().whole_stream(most);
    let constraints = multer::Constraints::new().size_limit(limits);
    let mut form =
        multer::Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    let (mut id, mut name) = (query.id, query.name);
    let mut incoming = Some(into);
    let mut found = None;
    loop {
        let next = timeout(PIECE_PATIENCE, form.next_field()).await;
        let next = next.map_err(|_| too_slow())?;
        let Some(mut field) = next.map_err(|error| unreadable(&error))? else {
            break;
        };
        match field.name() {
            Some("file") => {
                let Some(into) = incoming.take() else {
                    return Err(Problem::unreadable(
                        "The form has more than one part \"file\".",
                    ));
                };
                let said = field.content_type().map(ToString::to_string);
                let called = field.file_name().map(ToOwned::to_owned);
                let broken = |error: multer::Error| unreadable(&error);
                let Some(file) = written(&mut field, into, broken).await? else {
                    while let Ok(Ok(Some(_))) = timeout(PIECE_PATIENCE, field.chunk()).await {}
                    return Err(too_large());
                };
                found = Some((file, said, called));
            }
            Some("id") => id = Some(short(field).await?),
            Some("name") => name = Some(short(field).await?),
            other => {
                return Err(Problem::unreadable(format!(
                    "The form has a part {other:?}; it may have \"file\", \"id\" and \"name\"."
                )));
            }
        }
    }
    let id = id_of(id.as_deref())?;
    let Some((file, said, called)) = found else {
        return Err(Problem::invalid(vec![Pointed {
            pointer: "/file".into(),
            reason: "is missing".into(),
        }]));
    };
    Ok(Sent {
        file,
        id,
        name: name.or(called),
        declared: said.as_deref().and_then(declared),
    })
}

async fn short(mut field: multer::Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = timeout(PIECE_PATIENCE, field.chunk())
        .await
        .map_err(|_| too_slow())?
        .map_err(|error| Problem::unreadable(format!("The form broke off: {error}")))?
    {
        bytes.extend(piece);
        if bytes.len() > LONGEST_FIELD {
            return Err(Problem::unreadable("A part of the form is too long."));
        }
    }
    String::from_utf8(bytes).map_err(|_| Problem::unreadable("A part of the form is not UTF-8."))
}
