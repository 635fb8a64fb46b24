"""The routes of the pages: files, for users who are logged in, and nothing else."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, HTTPException, Response, status

PAGES = frozenset({"build", "dates", "compare"})
BUNDLE = Path(__file__).parent / "bundle"

# Nothing from elsewhere, no code in the pages themselves, and no frame but Airflow's own.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def create_app() -> FastAPI:
    """Make the application that Airflow mounts.

    Every route answers 401 to those who are not logged in: a plugin's routes are open to all by default
    (Airflow's docs, "Plugins", ``fastapi_apps``).
    """
    app = FastAPI(
        title="Luigi",
        dependencies=[Depends(get_user)],
        # FastAPI serves its own documentation without asking who wants it.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    # All at once: an upgrade below a running server must not mix two bundles.
    files = {
        path.relative_to(BUNDLE).as_posix(): path.read_bytes() for path in BUNDLE.rglob("*") if path.is_file()
    }

    @app.get("/{path:path}")
    def serve(path: str) -> Response:
        name = "index.html" if path in PAGES else path
        if (content := files.get(name)) is None:
            raise HTTPException(status.HTTP_404_NOT_FOUND, f"There is no page {path!r}.")
        kind, _ = mimetypes.guess_type(name)
        # The names of the bundle's files change with what is in them.
        lasting = "private, max-age=31536000, immutable" if name.startswith("assets/") else "no-cache"
        return Response(content, media_type=kind, headers={**_HEADERS, "Cache-Control": lasting})

    return app
