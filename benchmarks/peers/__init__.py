"""Other detectors, one file each: ``detect(text)`` yields type, start and end of what they find.

``NAME`` and ``SETUP`` say what is measured. A file whose package is not installed is left out.
Other gateways are in ``gateways/``, other workers in ``workers/``.
"""
