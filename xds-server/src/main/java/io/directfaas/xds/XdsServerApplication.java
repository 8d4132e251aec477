package io.directfaas.xds;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.annotation.Import;

/**
 * Starts the xDS control plane as a process of its own, or as one context of several in a JVM: it
 * reads nothing that another context could have left, and takes all settings from {@link
 * XdsProperties}.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@Import({XdsConfiguration.class, XdsHttpConfiguration.class})
public class XdsServerApplication {
  public static void main(String[] args) {
    new SpringApplication(XdsServerApplication.class).run(args);
  }
}
