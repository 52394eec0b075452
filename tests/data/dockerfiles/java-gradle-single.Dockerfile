FROM gradle:8.10-jdk21
COPY --chown=gradle:gradle . /home/gradle/src
WORKDIR /home/gradle/src
RUN gradle build --no-daemon
ENTRYPOINT ["java", "-jar", "/home/gradle/src/build/libs/app.jar"]
