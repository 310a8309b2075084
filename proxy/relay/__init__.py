"""The hot path: moves bytes between an application and a model API and parses no body.

app ──► client ──► exchange ──► upstream ──► model API
                      │ after forwarding
                      └─► recorder ──► tap ──► monitor
"""
