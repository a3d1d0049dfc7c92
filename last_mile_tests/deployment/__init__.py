"""The deployment with docker-compose.yml: files held to rules, services started for real."""
