package io.directfaas.xds;

import io.directfaas.xds.bootstrap.CredentialIssuer;
import io.directfaas.xds.http.BootstrapController;
import io.directfaas.xds.http.DebugController;
import io.directfaas.xds.http.StatusController;
import io.directfaas.xds.stream.StreamRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.servlet.ConfigurableServletWebServerFactory;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The HTTP side. Names the auto-configurations it wants: in one JVM with the other services their
 * libraries are on the class path, too, and must not configure themselves here.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({
  TomcatServletWebServerAutoConfiguration.class,
  DispatcherServletAutoConfiguration.class,
  WebMvcAutoConfiguration.class,
  HttpMessageConvertersAutoConfiguration.class,
  JacksonAutoConfiguration.class,
  ErrorMvcAutoConfiguration.class
})
@Import({StatusController.class, DebugController.class})
class XdsHttpConfiguration {
  @Bean
  BootstrapController bootstrapController(
      XdsProperties properties, StreamRegistry streams, CredentialIssuer issuer) {
    return new BootstrapController(streams, issuer, properties.adminCredentials());
  }

  @Bean
  WebServerFactoryCustomizer<ConfigurableServletWebServerFactory> httpAddress(
      XdsProperties properties) {
    return factory -> {
      factory.setPort(properties.httpPort());
      try {
        factory.setAddress(InetAddress.getByName(properties.httpAddress()));
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException(
            "directfaas.xds.http-address: cannot resolve '" + properties.httpAddress() + "'", e);
      }
    };
  }
}
