"""Audit events of Kubernetes: the source k8s_audit (docs/kubernetes.md)."""
