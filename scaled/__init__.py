"""The scaled mode without containers: its servers from wheels, its processes as docker-compose.yml names them."""
