FROM archlinux:latest
RUN pacman -Syu --noconfirm base-devel git && pacman -Scc --noconfirm
RUN useradd -m builder
USER builder
WORKDIR /home/builder
COPY --chown=builder PKGBUILD .
RUN makepkg -s --noconfirm
