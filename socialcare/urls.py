"""Every address of the product."""

from django.urls import include, path

from socialcare import health

urlpatterns = [
    path("health/", health.show, name="health"),
    path("", include("inbox.urls")),
]
