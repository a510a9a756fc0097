from django.apps import AppConfig


class SocialCareConfig(AppConfig):
    name = "socialcare"
