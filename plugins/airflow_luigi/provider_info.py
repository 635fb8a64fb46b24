"""What the wheel tells Airflow about itself. Airflow reads it while it is being imported: import nothing."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Give the provider's information, as the entry point ``apache_airflow_provider`` must."""
    return {
        "package-name": "airflow-provider-luigi",
        "name": "Luigi",
        "description": "Run `Luigi <https://luigi.readthedocs.io/>`__ pipelines.",
        "integrations": [
            {
                "integration-name": "Luigi",
                "external-doc-url": "https://luigi.readthedocs.io/",
                "tags": ["software"],
            }
        ],
        "operators": [
            {
                "integration-name": "Luigi",
                "python-modules": ["airflow_luigi.operators", "airflow_luigi.completeness"],
            }
        ],
        "sensors": [{"integration-name": "Luigi", "python-modules": ["airflow_luigi.sensors"]}],
        "triggers": [{"integration-name": "Luigi", "python-modules": ["airflow_luigi.triggers"]}],
        "hooks": [{"integration-name": "Luigi", "python-modules": ["airflow_luigi.hooks"]}],
        "connection-types": [
            {
                "connection-type": "luigi",
                "hook-class-name": "airflow_luigi.hooks.LuigiHook",
                "hook-name": "Luigi",
                "conn-fields": {
                    "path": {
                        "label": "Path",
                        "description": "Where luigid is below the host, as /luigi; empty for the root.",
                        "schema": {"type": ["string", "null"]},
                    }
                },
                "ui-field-behaviour": {
                    "relabeling": {"schema": "Schema (http or https)"},
                    "placeholders": {"port": "8082", "schema": "http"},
                },
            }
        ],
        "extra-links": ["airflow_luigi.links.LuigiVisualiserLink"],
    }
