"""The version of piigate; one place, read by the package metadata and the OpenAPI document."""

VERSION = "0.1.0"
