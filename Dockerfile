FROM python:3.12-slim
WORKDIR /app
ENV GLASSBOX_HOME=/app/.glassbox PIP_NO_CACHE_DIR=1
# For a host without a GPU, hand in PyTorch's index of CPU builds: the image is gigabytes smaller.
ARG PIP_EXTRA_INDEX_URL
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
# The weights travel with the image: no start waits for a network.
RUN python -m core.model && useradd glassbox && chown -R glassbox /app
USER glassbox
EXPOSE 8501
HEALTHCHECK CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health')"
CMD ["streamlit", "run", "app.py", "--server.headless=true", "--server.address=0.0.0.0", "--server.fileWatcherType=none"]
